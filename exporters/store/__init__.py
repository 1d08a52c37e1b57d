"""The record of evaluations: one protocol (exporters/store/base.py), one file an implementation."""
