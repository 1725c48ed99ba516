"""YAML read as plain values that remember the line they stand on."""

from __future__ import annotations

from typing import Any

import yaml

from funnelkit.errors import FunnelkitError
from funnelkit.process.flaws import Path

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def decode(raw: bytes, file: str) -> str:
    """Decode a sheet as Unicode, else as GB18030, which Chinese editors still write."""
    codecs = ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for codec in codecs:
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    raise FunnelkitError("process.not_text", file=file)


def read_nodes(text: str, file: str) -> tuple[Any, dict[Path, int]]:
    """Return the values of a YAML text and the line of each path in it."""
    lines: dict[Path, int] = {}
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise FunnelkitError("process.empty_sheet", file=file)
        return _value(loader, node, (), lines, file), lines
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        line = mark.line + 1 if mark is not None else 1
        raise FunnelkitError(
            "process.bad_yaml", file=file, line=line, reason=str(reason).strip()
        ) from None
    finally:
        loader.dispose()


def _value(loader: Any, node: Any, path: Path, lines: dict[Path, int], file: str) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, n, (*path, i), lines, file) for i, n in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in found:
                raise FunnelkitError(
                    "process.duplicate_key",
                    file=file,
                    line=line,
                    found=key,
                    first=lines[(*path, key)],
                )
            lines[(*path, key)] = line
            found[key] = _value(loader, value_node, (*path, key), lines, file)
        return found
    try:
        return loader.construct_object(node, deep=True)
    except ValueError:  # looks like a date or number and is none: leave it to the check of types
        return str(node.value)
