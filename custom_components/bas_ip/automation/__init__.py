"""What the triggers and conditions of the automation editor share."""
