"""Preview cards: the picture that networks and messengers show of a link to a topic, a document or
a vote. It is drawn when somebody asks for it, of what the built page says of itself; posts wait for
nothing, and nothing is kept on the disk.

    /conferences/<id>/t/<tid>/preview.png
    /conferences/<id>/polls/<poll>/preview.png
    /libraries/<id>/<key>/preview.png
"""
