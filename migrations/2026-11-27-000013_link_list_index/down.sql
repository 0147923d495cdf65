DROP INDEX IF EXISTS core_api.idx_dwc_wc_list;
