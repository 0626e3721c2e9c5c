"""Deterministic drawing with Pillow and numpy: the same seed gives the same picture and the same questions.

No font of the system is used; what is drawn with lies in ``assets`` (see the README there). Pixels are equal between
machines that run the same Pillow; another FreeType may shade the edge of a letter differently.
"""
