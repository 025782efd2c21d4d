"""Telling programs what happened: signed posts from rows that are tried until they are taken."""
