"""Simulation: pipelines whose truth is known, planted patterns, exports as any CRM would write them."""
