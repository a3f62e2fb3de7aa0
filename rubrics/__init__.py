"""Rubrics: one YAML each."""
