"""Simulation: pipelines whose truth is known, planted patterns, exports as any CRM writes them."""
