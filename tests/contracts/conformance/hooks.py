"""What schemathesis cannot know: how texts of more than one value are made and sent."""
