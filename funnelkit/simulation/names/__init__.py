"""What people, companies and things are called in a simulated business."""
