"""Growing by articles: a source's folder begun from its text, and phrases found in texts.

What a person writes is edited in place: only the offsets change, everything else stays letter for letter.
"""
