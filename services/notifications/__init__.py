"""Telling: the requester, the prisoner, the case file; once each, whatever crashes (R16, R26-R28)."""
