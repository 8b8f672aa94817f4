"""Closed-class English: function words, common verbs, word forms and type hints. No table here lists what an app may be about."""
