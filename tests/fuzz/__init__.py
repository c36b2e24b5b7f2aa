"""10,000 malformed payloads and files: nothing crashes, and each is loaded, refused or kept aside.

Valid payloads of every source are damaged at random from a fixed seed. `python -m tests.fuzz`
prints how often each outcome occurred.
"""
