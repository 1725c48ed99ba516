"""Failure patterns, each as a small test that its innocent twin passes."""

from __future__ import annotations

from funnelkit.measures.signatures.base import COLUMNS, Signature
from funnelkit.measures.signatures.result import SIGNATURES, Signatures, signatures

__all__ = ["COLUMNS", "SIGNATURES", "Signature", "Signatures", "signatures"]
