"""The pools that this version knows: one TOML file each, in `protocol/pools/`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from tissueclock.core.errors import InputError
from tissueclock.core.registry import TomlRegistry
from tissueclock.protocol.pooling.load import parse_pool
from tissueclock.protocol.pooling.model import Pool

_POOLS = TomlRegistry("pool", "tissueclock.protocol.pools", exact_decimals=True)


@cache
def pools() -> Mapping[str, Pool]:
    """Return every pool by id, sorted."""
    found = {}
    for name, document in _POOLS.entries().items():
        entry = parse_pool(document.table, f"{name}.toml", document.digest)
        if entry.id != name:
            raise InputError(f"its id is '{entry.id}'.", where=f"{name}.toml", remedy="Name it as the file.")
        found[name] = entry
    return MappingProxyType(dict(sorted(found.items())))


def pool_of(name: str) -> Pool:
    """Return the pool called `name`; raises UsageError with the known ones."""
    _POOLS.get(name)
    return pools()[name]
