"""From trained members to a release that Triton serves."""
