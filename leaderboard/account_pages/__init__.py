"""The pages of one's own account: what one may use and has used, tokens, submissions."""
