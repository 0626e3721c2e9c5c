"""How the toy checkpoint and the drawing assets are made. Needs torch, transformers and tokenizers to run."""
