"""What runs beside the GPU: serve a model, ask it every question of a benchmark, hand back a bundle.

No Django and no database in here. From ``benchmarks`` down (``grading``, ``metrics``, ``records``,
``spec``, ``errors``) it is plain Python and numpy, because the site grades with the same functions.
"""

__version__ = "0.1.0"
