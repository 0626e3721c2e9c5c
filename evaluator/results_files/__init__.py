"""Files with a model's answers, as people have them: our JSON lines, lmms-eval's samples, VLMEvalKit's tables.

Readers turn a file's lines or rows into the records that everything here exchanges. They decide nothing: grading,
and whether the answers belong to a known data set, come later.
"""
