"""Demo material: drawn pictures, a toy model that was trained on them, and servers that answer without looking.

Everything here is made by this project and free to share. The drawing code needs Pillow and numpy, the data sets
pyarrow, the servers nothing; only ``demo.training`` needs torch and transformers.
"""
