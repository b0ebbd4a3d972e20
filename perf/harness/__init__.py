"""What bench.py is made of.

Reading order: scenarios, contenders, server, load, benchmark, crowd, counts, pure_python, report.
"""
