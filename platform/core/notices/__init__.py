"""Telling people and programs what happened: an outbox row with each write, fanned out by workers."""
