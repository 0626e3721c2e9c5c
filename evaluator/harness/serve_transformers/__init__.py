"""A small OpenAI-compatible server around a vision-language checkpoint and transformers, for CPU and one GPU.

    python -m evaluator.harness.serve_transformers FOLDER_OR_HUB_ID --port 8000

transformers has a ``serve`` command of its own, which was tried (5.23, CPU, pictures, streaming): it answers, but it
opens any URL *and any local file* that a request names as a picture, takes no key, cannot be given another model
name, fails on ``/v1/models`` without a hub cache and never sends ``[DONE]``. This server takes ``data:`` pictures
only, asks for a key when ``SERVE_API_KEY`` is set, and answers waiting greedy requests as one batch.

Modules: ``chat`` reads requests, ``text`` turns tokens into text, ``batches`` runs the model, ``app`` is the HTTP side.
"""
