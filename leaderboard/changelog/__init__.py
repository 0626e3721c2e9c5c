"""What has happened to the boards, for everybody: a page and a feed."""
