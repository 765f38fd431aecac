"""Polls: asked by mail, voted by mail, counted so that anybody can count again."""
