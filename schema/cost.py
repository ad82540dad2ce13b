"""What an operation would cost, known before it runs.

One unit is a value of the answer. An object costs five: it is a row read and braces written.
What is listed costs as many times as the list is expected to be long: a page its `first` or
`last`, `checkReceipts` its NIKs, other lists what `SIZES` says. A count of a whole list and a
search by name cost what the database does for them. What @skip or @include leaves out is free;
of an interface the dearest possible type counts. A field asked for twice is counted twice.

An operation is prepared once (`prepare`) and then priced for the variables of every request
(`Costing.of`). Both take time linear in the document: a fragment is prepared once per type,
however often it is spread, and what depends on no variable is added up beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
)

from hub.core.access.limits import RANGES, Limits
from schema.errors import over_cost
from schema.types.paging import DEFAULT_PAGE

LEAF = 1
OBJECT = 5
COUNT = 1000
SEARCH = 1000

SIZES: Mapping[str, int | str] = {
    "AttributeProvenance.setAside": 2,
    "Delivery.columnChanges": 5,
    "Delivery.history": 6,
    "Delivery.identifierColumns": 2,
    "Delivery.mendedBy": 1,
    "Delivery.proposals": 5,
    "DeliveryRepairs.candidates": 100,
    "Household.assets": 10,
    "Household.members": 4,
    "Household.overlapFlags": 2,
    "Household.provenance": 20,
    "Household.rankings": 4,
    "Household.receipts": 6,
    "Household.records": 4,
    "IdentifierColumn.measures": 17,
    "OverlapFlag.history": 2,
    "OverlapFlag.receipts": 2,
    "OverlapRule.programmes": 4,
    "Person.disabilities": 1,
    "Person.matchExplanations": 4,
    "Person.overlapFlags": 2,
    "Person.provenance": 15,
    "Person.receipts": 4,
    "Person.records": 4,
    "Query.checkReceipts": "niks",
    "Query.overlapRules": 10,
    "Query.programmes": 30,
    "RankingCount.deciles": 11,
    "ReceiptCheck.householdReceipts": 6,
    "ReceiptCheck.overlapFlags": 2,
    "ReceiptCheck.receipts": 4,
    "Region.budget": 300,
    "RegionStatistics.deciles": 11,
    "RegionStatistics.flags": 10,
    "RegionStatistics.rankings": 5,
    "RegionStatistics.receipts": 30,
    "RegionStatistics.welfare": 5,
    "Viewer.regions": 4,
    "Viewer.rights": 3,
}
"""How long a list is expected to be, or the argument that has one value for each entry."""

_LARGEST_PAGE = RANGES["page"][1]  # a larger one is refused for what it is, not for its cost

Variables = Mapping[str, Any]
Factor = int | Callable[[Variables], int]


@dataclass(frozen=True)
class _Sum:
    """A cost: `fixed`, and for each part a factor times the step of that number."""

    fixed: int = 0
    parts: tuple[tuple[Factor, int], ...] = ()

    def __add__(self, other: _Sum) -> _Sum:
        return _Sum(self.fixed + other.fixed, self.parts + other.parts)


@dataclass(frozen=True)
class _Step:
    """A sum that others refer to; to it comes the dearest of some earlier steps."""

    sum: _Sum
    dearest: tuple[int, ...] = ()


@dataclass(frozen=True)
class Costing:
    """The cost of one operation: steps that each refer to earlier ones, the last is the whole."""

    steps: tuple[_Step, ...]

    def of(self, variables: Variables) -> int:
        """The cost with these coerced variable values."""
        values: list[int] = []
        for step in self.steps:
            total = step.sum.fixed
            for factor, index in step.sum.parts:
                times = factor if isinstance(factor, int) else factor(variables)
                total += times * values[index]
            if step.dearest:
                total += max(values[index] for index in step.dearest)
            values.append(total)
        return values[-1]


def prepare(
    document: DocumentNode, operation: OperationDefinitionNode, schema: GraphQLSchema
) -> Costing:
    """The costing of a valid operation of `document`."""
    return _Preparation(document, schema).operation(operation)


def check_cost(cost: int, limits: Limits) -> None:
    """Raises COST_EXCEEDED, naming both, when `cost` is more than is allowed."""
    if cost > limits.cost:
        raise over_cost(cost, limits.cost)


def cost_extensions(cost: int, limits: Limits) -> dict[str, Any]:
    """The `extensions` of the answer to an operation of this cost."""
    return {"cost": {"requested": cost, "limit": limits.cost}}


@dataclass(frozen=True)
class _Selected:
    """The cost of a selection, and in a connection that of each entry of the page."""

    once: _Sum = _Sum()
    each: _Sum = _Sum()

    def __add__(self, other: _Selected) -> _Selected:
        return _Selected(self.once + other.once, self.each + other.each)


class _Preparation:
    """One document being prepared."""

    def __init__(self, document: DocumentNode, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }
        self._steps: list[_Step] = []
        self._known: dict[tuple[int, str], _Selected] = {}

    def operation(self, operation: OperationDefinitionNode) -> Costing:
        root = self._schema.get_root_type(operation.operation)
        assert root is not None  # noqa: S101 - the operation is valid
        self._step(self._selection(root, operation.selection_set).once)
        return Costing(tuple(self._steps))

    def _step(self, cost: _Sum, dearest: tuple[int, ...] = ()) -> int:
        self._steps.append(_Step(cost, dearest))
        return len(self._steps) - 1

    def _shared(self, cost: _Sum) -> _Sum:
        """The same cost in one part at most, so that referring to it often stays short."""
        return _Sum(0, ((1, self._step(cost)),)) if cost.parts else cost

    def _times(self, factor: Factor, cost: _Sum) -> _Sum:
        if factor == 1 or cost == _Sum():
            return cost
        if isinstance(factor, int) and (factor == 0 or not cost.parts):
            return _Sum(factor * cost.fixed)
        return _Sum(0, ((factor, self._step(cost)),))

    # --- selections -------------------------------------------------------------------------

    def _selection(self, parent: GraphQLObjectType, selections: SelectionSetNode) -> _Selected:
        key = id(selections), parent.name
        if key not in self._known:
            found = _Selected()
            for node in selections.selections:
                found += self._node(parent, node)
            self._known[key] = _Selected(self._shared(found.once), self._shared(found.each))
        return self._known[key]

    def _node(self, parent: GraphQLObjectType, node: SelectionNode) -> _Selected:
        factor = _condition(node)
        if factor == 0:
            return _Selected()
        if isinstance(node, FieldNode):
            cost = self._times(factor, self._field(parent, node))
            return _Selected(each=cost) if _is_entry(parent, node) else _Selected(cost)
        inner = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
        assert isinstance(inner, FragmentDefinitionNode | InlineFragmentNode)  # noqa: S101
        if not self._applies(inner, parent):
            return _Selected()
        found = self._selection(parent, inner.selection_set)
        return _Selected(self._times(factor, found.once), self._times(factor, found.each))

    def _applies(
        self, fragment: FragmentDefinitionNode | InlineFragmentNode, parent: GraphQLObjectType
    ) -> bool:
        if fragment.type_condition is None or fragment.type_condition.name.value == parent.name:
            return True
        wanted = self._schema.get_type(fragment.type_condition.name.value)
        return is_abstract_type(wanted) and self._schema.is_sub_type(wanted, parent)

    def _field(self, parent: GraphQLObjectType, node: FieldNode) -> _Sum:
        name = node.name.value
        if name.startswith("__"):
            return _Sum(LEAF)
        definition = parent.fields[name]
        kind = get_named_type(definition.type)
        cost = _Sum(LEAF)
        if node.selection_set is not None and is_composite_type(kind):
            cost = self._object(kind, node)
        if is_list_type(get_nullable_type(definition.type)) and not _is_entry(parent, node):
            cost = self._times(_size(f"{parent.name}.{name}", node), cost)
        if name == "totalCount" and _is_connection(parent):
            cost += _Sum(COUNT)
        return cost + self._times(_searches(node), _Sum(SEARCH))

    def _object(self, kind: Any, node: FieldNode) -> _Sum:
        assert node.selection_set is not None  # noqa: S101 - an object has fields
        if is_abstract_type(kind):
            return _Sum(OBJECT) + self._dearest(kind, node.selection_set)
        found = self._selection(kind, node.selection_set)
        cost = _Sum(OBJECT) + found.once
        return cost + self._times(_page(node), found.each) if _is_connection(kind) else cost

    def _dearest(self, kind: GraphQLAbstractType, selections: SelectionSetNode) -> _Sum:
        types = self._schema.get_possible_types(kind)
        costs = [self._selection(possible, selections).once for possible in types]
        if not any(cost.parts for cost in costs):
            return _Sum(max(cost.fixed for cost in costs))
        steps = tuple(self._step(cost) for cost in costs)
        return _Sum(0, ((1, self._step(_Sum(), steps)),))


def _is_connection(kind: GraphQLObjectType) -> bool:
    return kind.name.endswith("Connection")


def _is_entry(parent: GraphQLObjectType, node: FieldNode) -> bool:
    """Whether the field holds the entries of a page: their number is known one level above."""
    return _is_connection(parent) and node.name.value in ("edges", "nodes")


# --- factors --------------------------------------------------------------------------------


def _argument(node: FieldNode | DirectiveNode, name: str) -> ValueNode | None:
    value = next((a.value for a in node.arguments or () if a.name.value == name), None)
    return None if isinstance(value, NullValueNode) else value


def _condition(node: SelectionNode) -> Factor:
    """1 if the node is kept by @skip and @include, 0 if it is left out."""
    asked: list[tuple[str, bool]] = []
    for directive in node.directives or ():
        if directive.name.value not in ("skip", "include"):
            continue
        keeps = directive.name.value == "include"
        value = _argument(directive, "if")
        if isinstance(value, VariableNode):
            asked.append((value.name.value, keeps))
        elif isinstance(value, BooleanValueNode) and value.value is not keeps:
            return 0
    if not asked:
        return 1
    return lambda given: int(all(bool(given.get(name)) is keeps for name, keeps in asked))


def _page(node: FieldNode) -> Factor:
    asked = [_number(_argument(node, name)) for name in ("first", "last")]
    if not any(isinstance(number, str) for number in asked):
        return _entries(_first_of(asked))
    return lambda given: _entries(
        _first_of([given.get(n) if isinstance(n, str) else n for n in asked])
    )


def _number(value: ValueNode | None) -> int | str | None:
    """A number, or the name of the variable that holds it."""
    if isinstance(value, VariableNode):
        return value.name.value
    return int(value.value) if isinstance(value, IntValueNode) else None


def _first_of(numbers: list[Any]) -> int | None:
    return next((number for number in numbers if number is not None), None)


def _entries(asked: int | None) -> int:
    return DEFAULT_PAGE if asked is None else max(0, min(asked, _LARGEST_PAGE))


def _size(place: str, node: FieldNode) -> Factor:
    size = SIZES[place]
    if isinstance(size, int):
        return size
    value = _argument(node, size)
    if isinstance(value, VariableNode):
        name = value.name.value
        return lambda given: _length(given.get(name))
    return len(value.values or ()) if isinstance(value, ListValueNode) else 1


def _length(value: object) -> int:
    return len(value) if isinstance(value, list) else 1


def _searches(node: FieldNode) -> Factor:
    """1 if the field looks for a part of a name: by `search`, or by the `name` of a filter."""
    value = _argument(node, "search") or _argument(node, "filter")
    if isinstance(value, VariableNode):
        name, whole = value.name.value, _argument(node, "search") is not None
        return lambda given: int(_named(given.get(name), whole=whole))
    if not isinstance(value, ObjectValueNode):
        return int(value is not None)
    named = next((f.value for f in value.fields or () if f.name.value == "name"), None)
    if isinstance(named, VariableNode):
        inner = named.name.value
        return lambda given: int(given.get(inner) is not None)
    return int(named is not None and not isinstance(named, NullValueNode))


def _named(value: object, *, whole: bool) -> bool:
    if whole:
        return value is not None
    return isinstance(value, Mapping) and value.get("name") is not None
