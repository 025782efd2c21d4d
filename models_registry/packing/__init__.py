"""Evidence packs: all that is known about one version, in one signed file that proves itself offline."""
