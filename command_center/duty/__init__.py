"""Shifts and leave at run time, the hand-over of open tasks, and edits beside the town file."""
