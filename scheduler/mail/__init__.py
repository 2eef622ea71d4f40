"""Mail: the words of a message as the standards want them, and the one door to a mail server (the user of smtplib)."""
