"""Planning: targets, forecasts and their back-test, territories, customers, opening positions."""
