"""A Simple Messaging site beside Postrider: see README.md."""
