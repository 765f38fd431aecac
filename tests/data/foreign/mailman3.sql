-- Written by Mailman 3.3.10 itself for a list of invented people; other tables left out.
CREATE TABLE address (
	id INTEGER NOT NULL, 
	email VARCHAR, 
	_original VARCHAR, 
	display_name VARCHAR, 
	verified_on DATETIME, 
	registered_on DATETIME, 
	user_id INTEGER, 
	preferences_id INTEGER, 
	PRIMARY KEY (id), 
	FOREIGN KEY(user_id) REFERENCES user (id), 
	FOREIGN KEY(preferences_id) REFERENCES preferences (id)
);
INSERT INTO "address" VALUES(1,'ana@union.example',NULL,'Ana Paz',NULL,'2026-11-24 18:54:59.097685',1,1);
INSERT INTO "address" VALUES(2,'ben@union.example',NULL,'Ben',NULL,'2026-11-24 18:54:59.137772',2,4);
INSERT INTO "address" VALUES(3,'chen@union.example',NULL,'Chen',NULL,'2026-11-24 18:54:59.157946',3,7);
INSERT INTO "address" VALUES(4,'dora@union.example',NULL,'Dora',NULL,'2026-11-24 18:54:59.170278',4,10);
INSERT INTO "address" VALUES(5,'eva@union.example',NULL,'Eva',NULL,'2026-11-24 18:54:59.182483',5,13);
INSERT INTO "address" VALUES(6,'olga@union.example',NULL,'Olga',NULL,'2026-11-24 18:54:59.194219',6,16);
INSERT INTO "address" VALUES(7,'guest@press.example',NULL,'Guest',NULL,'2026-11-24 18:54:59.205044',7,20);
CREATE TABLE ban (
	id INTEGER NOT NULL, 
	email VARCHAR, 
	list_id VARCHAR, 
	PRIMARY KEY (id)
);
INSERT INTO "ban" VALUES(1,'spam@bad.example','water.lists.example.org');
INSERT INTO "ban" VALUES(2,'^.*@evil.example','water.lists.example.org');
CREATE TABLE mailinglist (
	id INTEGER NOT NULL, 
	list_name VARCHAR, 
	mail_host VARCHAR, 
	list_id VARCHAR, 
	allow_list_posts BOOLEAN, 
	include_rfc2369_headers BOOLEAN, 
	advertised BOOLEAN, 
	anonymous_list BOOLEAN, 
	created_at DATETIME, 
	next_request_id INTEGER, 
	next_digest_number INTEGER, 
	digest_last_sent_at DATETIME, 
	volume INTEGER, 
	last_post_at DATETIME, 
	accept_these_nonmembers BLOB, 
	admin_immed_notify BOOLEAN, 
	admin_notify_mchanges BOOLEAN, 
	administrivia BOOLEAN, 
	archive_policy INTEGER, 
	autoresponse_grace_period DATETIME, 
	autorespond_owner INTEGER, 
	autoresponse_owner_text TEXT, 
	autorespond_postings INTEGER, 
	autoresponse_postings_text TEXT, 
	autorespond_requests INTEGER, 
	autoresponse_request_text TEXT, 
	filter_action INTEGER, 
	filter_content BOOLEAN, 
	collapse_alternatives BOOLEAN, 
	convert_html_to_plaintext BOOLEAN, 
	bounce_info_stale_after DATETIME, 
	bounce_matching_headers VARCHAR, 
	bounce_notify_owner_on_bounce_increment BOOLEAN, 
	bounce_notify_owner_on_disable BOOLEAN, 
	bounce_notify_owner_on_removal BOOLEAN, 
	bounce_score_threshold INTEGER, 
	bounce_you_are_disabled_warnings INTEGER, 
	bounce_you_are_disabled_warnings_interval DATETIME, 
	forward_unrecognized_bounces_to INTEGER, 
	process_bounces BOOLEAN, 
	dmarc_mitigate_action INTEGER, 
	dmarc_mitigate_unconditionally BOOLEAN, 
	dmarc_addresses BLOB, 
	dmarc_moderation_notice VARCHAR, 
	dmarc_wrapped_message_text VARCHAR, 
	default_member_action INTEGER, 
	default_nonmember_action INTEGER, 
	description VARCHAR, 
	digests_enabled BOOLEAN, 
	digest_is_default BOOLEAN, 
	digest_send_periodic BOOLEAN, 
	digest_size_threshold FLOAT, 
	digest_volume_frequency INTEGER, 
	discard_these_nonmembers BLOB, 
	emergency BOOLEAN, 
	encode_ascii_prefixes BOOLEAN, 
	first_strip_reply_to BOOLEAN, 
	forward_auto_discards BOOLEAN, 
	gateway_to_mail BOOLEAN, 
	gateway_to_news BOOLEAN, 
	hold_these_nonmembers BLOB, 
	info TEXT, 
	linked_newsgroup VARCHAR, 
	max_days_to_hold INTEGER, 
	max_message_size INTEGER, 
	max_num_recipients INTEGER, 
	member_moderation_notice VARCHAR, 
	moderator_password BLOB, 
	newsgroup_moderation INTEGER, 
	nntp_prefix_subject_too BOOLEAN, 
	nonmember_rejection_notice VARCHAR, 
	obscure_addresses BOOLEAN, 
	owner_chain VARCHAR, 
	owner_pipeline VARCHAR, 
	personalize INTEGER, 
	post_id INTEGER, 
	posting_chain VARCHAR, 
	posting_pipeline VARCHAR, 
	preferred_language VARCHAR, 
	display_name VARCHAR, 
	reject_these_nonmembers BLOB, 
	reply_goes_to_list INTEGER, 
	reply_to_address VARCHAR, 
	require_explicit_destination BOOLEAN, 
	respond_to_post_requests BOOLEAN, 
	member_roster_visibility INTEGER, 
	scrub_nondigest BOOLEAN, 
	send_goodbye_message BOOLEAN, 
	send_welcome_message BOOLEAN, 
	subject_prefix VARCHAR, 
	subscription_policy INTEGER, 
	topics BLOB, 
	topics_bodylines_limit INTEGER, 
	topics_enabled BOOLEAN, 
	unsubscription_policy INTEGER, 
	usenet_watermark INTEGER, 
	archive_rendering_mode INTEGER, 
	PRIMARY KEY (id)
);
INSERT INTO "mailinglist" VALUES(1,'water','lists.example.org','water.lists.example.org',1,1,1,0,'2026-11-24 18:54:59.087949',1,1,NULL,1,NULL,X'80059530000000000000008C1673716C616C6368656D792E6578742E6D757461626C65948C0B4D757461626C654C6973749493945D94859452942E',1,0,1,1,'1970-04-01 00:00:00.000000',0,'',0,'',0,'',2,0,1,0,'1970-01-08 00:00:00.000000','
# This is a deprecated setting from Mailman 2.1. Use header_matches instead.
',0,1,1,5,3,'1970-01-08 00:00:00.000000',1,1,0,0,X'80059530000000000000008C1673716C616C6368656D792E6578742E6D757461626C65948C0B4D757461626C654C6973749493945D94859452942E','','',4,0,'Those who keep the water running',1,0,1,30.0,1,X'80059530000000000000008C1673716C616C6368656D792E6578742E6D757461626C65948C0B4D757461626C654C6973749493945D94859452942E',0,0,0,1,0,0,X'80059530000000000000008C1673716C616C6368656D792E6578742E6D757461626C65948C0B4D757461626C654C6973749493945D94859452942E','A list of the branch.','',0,40,10,'',NULL,0,1,'',1,'default-owner-chain','default-owner-pipeline',0,1,'default-posting-chain','default-posting-pipeline','en','Water workers',X'80059530000000000000008C1673716C616C6368656D792E6578742E6D757461626C65948C0B4D757461626C654C6973749493945D94859452942E',0,'',1,1,2,0,1,1,'[water] ',1,X'80055D942E',5,0,1,NULL,1);
CREATE TABLE member (
	id INTEGER NOT NULL, 
	_member_id CHAR(32), 
	role INTEGER, 
	list_id VARCHAR, 
	moderation_action INTEGER, 
	address_id INTEGER, 
	preferences_id INTEGER, 
	user_id INTEGER, 
	bounce_score INTEGER, 
	last_bounce_received DATETIME, 
	last_warning_sent DATETIME, 
	total_warnings_sent INTEGER, 
	PRIMARY KEY (id), 
	FOREIGN KEY(address_id) REFERENCES address (id), 
	FOREIGN KEY(preferences_id) REFERENCES preferences (id), 
	FOREIGN KEY(user_id) REFERENCES user (id)
);
INSERT INTO "member" VALUES(1,'dfc9efa193624842915e94d246f03ad6',1,'water.lists.example.org',NULL,1,3,NULL,0,NULL,'0001-01-01 00:00:00.000000',0);
INSERT INTO "member" VALUES(2,'09362ed06096499d9e7a1b6e28bc6038',1,'water.lists.example.org',NULL,2,6,NULL,0,NULL,'0001-01-01 00:00:00.000000',0);
INSERT INTO "member" VALUES(3,'6fe75bef6a6d406c815eaaaa8168b1de',1,'water.lists.example.org',NULL,3,9,NULL,0,NULL,'0001-01-01 00:00:00.000000',0);
INSERT INTO "member" VALUES(4,'799e65c0384a409387725b86776fb8b9',1,'water.lists.example.org',NULL,4,12,NULL,0,NULL,'0001-01-01 00:00:00.000000',0);
INSERT INTO "member" VALUES(5,'9e5e7e50fbad40c0860dc7e52100be07',1,'water.lists.example.org',0,5,15,NULL,0,NULL,'0001-01-01 00:00:00.000000',0);
INSERT INTO "member" VALUES(6,'3a35f0e81c9c429b971e929b6463a7a5',2,'water.lists.example.org',3,6,18,NULL,0,NULL,'0001-01-01 00:00:00.000000',0);
INSERT INTO "member" VALUES(7,'eb5d7c5fc3854f908f31b0d98b6b85c3',3,'water.lists.example.org',3,1,19,NULL,0,NULL,'0001-01-01 00:00:00.000000',0);
INSERT INTO "member" VALUES(8,'4a8ecca0a3634a9da4bad4dfa0f986da',4,'water.lists.example.org',3,7,22,NULL,0,NULL,'0001-01-01 00:00:00.000000',0);
CREATE TABLE preferences (
	id INTEGER NOT NULL, 
	acknowledge_posts BOOLEAN, 
	hide_address BOOLEAN, 
	preferred_language VARCHAR, 
	receive_list_copy BOOLEAN, 
	receive_own_postings BOOLEAN, 
	delivery_mode INTEGER, 
	delivery_status INTEGER, 
	PRIMARY KEY (id)
);
INSERT INTO "preferences" VALUES(1,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "preferences" VALUES(2,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "preferences" VALUES(3,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "preferences" VALUES(4,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "preferences" VALUES(5,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "preferences" VALUES(6,NULL,NULL,NULL,NULL,NULL,2,NULL);
INSERT INTO "preferences" VALUES(7,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "preferences" VALUES(8,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "preferences" VALUES(9,NULL,NULL,NULL,NULL,NULL,NULL,3);
INSERT INTO "preferences" VALUES(10,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "preferences" VALUES(11,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "preferences" VALUES(12,NULL,NULL,'es',NULL,0,NULL,2);
INSERT INTO "preferences" VALUES(13,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "preferences" VALUES(14,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "preferences" VALUES(15,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "preferences" VALUES(16,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "preferences" VALUES(17,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "preferences" VALUES(18,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "preferences" VALUES(19,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "preferences" VALUES(20,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "preferences" VALUES(21,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "preferences" VALUES(22,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE user (
	id INTEGER NOT NULL, 
	display_name VARCHAR, 
	password VARCHAR, 
	_user_id CHAR(32), 
	_created_on DATETIME, 
	is_server_owner BOOLEAN, 
	_preferred_address_id INTEGER, 
	preferences_id INTEGER, 
	PRIMARY KEY (id), 
	CONSTRAINT _preferred_address FOREIGN KEY(_preferred_address_id) REFERENCES address (id) ON DELETE SET NULL, 
	FOREIGN KEY(preferences_id) REFERENCES preferences (id)
);
INSERT INTO "user" VALUES(1,'Ana Paz',NULL,'3ae8fd7e516f4cd0a83342f52a1cda4a','2026-11-24 18:54:59.097871',0,NULL,2);
INSERT INTO "user" VALUES(2,'Ben',NULL,'4369912afc39402a955589152b8b0e47','2026-11-24 18:54:59.137980',0,NULL,5);
INSERT INTO "user" VALUES(3,'Chen',NULL,'ad23da331555473db18c511a5b3b2bab','2026-11-24 18:54:59.158058',0,NULL,8);
INSERT INTO "user" VALUES(4,'Dora',NULL,'73967edd89f44ab38417a5a8706c9338','2026-11-24 18:54:59.170386',0,NULL,11);
INSERT INTO "user" VALUES(5,'Eva',NULL,'34ce418b608d4c7282a895f17b54a104','2026-11-24 18:54:59.182591',0,NULL,14);
INSERT INTO "user" VALUES(6,'Olga',NULL,'405c66bff46640418dd635ac3e832a80','2026-11-24 18:54:59.194322',0,NULL,17);
INSERT INTO "user" VALUES(7,'Guest',NULL,'9e3c248585ec45dbaacda40720204444','2026-11-24 18:54:59.205145',0,NULL,21);
