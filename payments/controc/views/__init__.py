"""The pages of CONTROC. urls.py says which view is where."""
