"""What a source's code means, as an import would read it."""

from mappings.load import code_list
from mappings.model import normalise


def value(reference: str, code: str) -> str:
    """The term or label of a code of the list "file/list"."""
    values = {normalise(key): term for key, term in code_list(reference).values.items()}
    return values[normalise(code)]
