"""funnelkit."""
