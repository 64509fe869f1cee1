"""A server of the Model Context Protocol: the graph as tools for language models and agents.

`innograph mcp` speaks it over standard input and output, or over HTTP. The tools ask the same engine as the
HTTP interface does, with its limits and deadlines; nothing can be written. What a tool answers has a schema,
names the release it is about and the sources it comes from; what it refuses it says in words.
"""
