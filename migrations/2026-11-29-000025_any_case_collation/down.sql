DROP COLLATION core_api.any_case;
