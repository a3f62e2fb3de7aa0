"""Models served elsewhere, asked over HTTP: vLLM, SGLang, llama.cpp server, Ollama, transformers serve, clouds.

Knows wires and servers. Refuses to know rules.
"""
