"""What somebody must be told: which events there are, through which channels, and when.

`events` derives them from how things stand, as `nightquest status` does; `channels` carries them;
`telling` sees to it that each is told once through each channel; `digest` is the news for people.
"""
