"""What staff see of single customers and do for them: finding one, their page, their timeline, notes and consents."""
