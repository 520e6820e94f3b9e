"""Stills: a picture of a camera for whoever looks at the wall, and nothing while nobody does.

Pull only. Asking for a camera's still notes in the database, for all processes, that it is wanted
for a while; the answer to its shard's heartbeat says so; the shard sends one picture a scan until
nobody has asked for some time. A still lives for minutes, as one file, and is evidence of nothing.

A new still is no change on the stream: at 700 cameras that is up to 350 rows a second of a log that
is kept for days and read by everybody. The wall asks again for what it has on screen.
"""
