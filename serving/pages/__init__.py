"""Pages of serving: fleet, deployments, traffic, playground. Reads by selectors, writes by services."""
