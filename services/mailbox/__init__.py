"""The mailbox: what people and agencies write by e-mail, taken in once, whatever crashes (R4, R28, R29)."""
