"""All files of a night as typed tables, those of other programs by their mapping."""

from concurrent.futures import ThreadPoolExecutor

from refund_calc.inputs.csv_files import BLOCK
from refund_calc.inputs.inbox import MODELS, Inputs
from refund_calc.inputs.tables import Table, load


def read_tables(inputs: Inputs, time_zone: str, block: int = BLOCK) -> dict[str, Table]:
    """A table per kind of file, read side by side. Raises what `load` and `map_files` raise."""
    with ThreadPoolExecutor(len(MODELS)) as pool:
        loading = {kind: pool.submit(load, kind, inputs.own[kind], MODELS[kind], time_zone, block) for kind in MODELS}
        mapped = _mapped(inputs, time_zone, block) if inputs.mapping else {}
        return {kind: mapped.get(kind) or task.result() for kind, task in loading.items()}


def _mapped(inputs: Inputs, time_zone: str, block: int) -> dict[str, Table]:
    # Imported here: a night that reads our own columns does not pay for it.
    from refund_calc.inputs.mapping.folder import map_files
    from refund_calc.inputs.mapping.mapped import typed_table

    return {kind: typed_table(mapped, time_zone) for kind, mapped in map_files(inputs, block).items()}
