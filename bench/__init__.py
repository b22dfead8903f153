"""What racetrap promises, measured."""
