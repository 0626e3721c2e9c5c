"""An OpenAI-compatible server for loopback whose models never look at the picture: the baselines of the demo."""
