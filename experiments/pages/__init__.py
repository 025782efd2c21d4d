"""Pages of experiments. Reads by selectors, writes by services."""
