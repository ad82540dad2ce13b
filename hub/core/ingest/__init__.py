"""The delivery state machine: check, stage, publish."""
