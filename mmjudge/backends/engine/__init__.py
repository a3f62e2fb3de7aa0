"""The multimodal engine: any local transformers model, its questions asked at the price of one reading.

What is judged is read once and its keys and values are kept; each question is a short continuation of them. How a model
may be asked so (its `Tier`) is found by asking it both ways when it is loaded, never looked up by name.
"""
