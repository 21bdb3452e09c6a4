"""Scenarios (场景): stories that an admin reads and writes, played on the real engine, tables and clock.

`language` says what a story may contain, `player` plays it, `checks` compares what came out. Guide: docs/场景语言.md.
"""
