"""What the imitations of Meta's networks share: the Graph API's answers, fields, tokens and signing in."""
