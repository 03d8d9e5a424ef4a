/**
 * What the official SDK has of each model (reference 1.4): the names of its members, with a star where it wants them,
 * and a type where that is not text. `date` is YYYY-MM-DD and `instant` RFC 3339, where typed clients read nothing else.
 */
export const modelFields = {
  CampaignSoftware: `
    id* accountName* campaignName softwareName* distributionType* make* model* softwareFrom* softwareTo*
    startDate*:date endDate*:date downloadAfterDate:date downloadTimeWindowList:V2TimeWindow[]
    installAfterDate:date installTimeWindowList:V2TimeWindow[] status*`,
  CampaignSoftwareUpgrade: `
    campaignName softwareName* softwareFrom* softwareTo* distributionType* startDate*:date endDate*:date
    downloadAfterDate:date downloadTimeWindowList:V2TimeWindow[] installAfterDate:date
    installTimeWindowList:V2TimeWindow[] deviceList*:string[]`,
  V2AddOrRemoveDeviceResult: 'accountName* campaignId* requestId*',
  V2AddOrRemoveDeviceRequest: 'Type* deviceList*:string[]',
  FotaV2SuccessResult: 'success*:boolean',
  V2ChangeCampaignDatesRequest: `
    startDate*:date endDate*:date downloadAfterDate:date downloadTimeWindowList:V2TimeWindow[]
    installAfterDate:date installTimeWindowList:V2TimeWindow[]`,
  UploadAndScheduleFileResponse: `
    id accountName campaignName softwareName softwareFrom softwareTo fileName fileVersion
    distributionType make model startDate:date endDate:date downloadAfterDate:date
    downloadTimeWindowList:DownloadTimeWindow[] installAfterDate:date
    installTimeWindowList:DownloadTimeWindow[] deviceList:string[] status`,
  UploadAndScheduleFileRequest: `
    campaignName fileName fileVersion distributionType startDate:date endDate:date
    downloadAfterDate:date downloadTimeWindowList:DownloadTimeWindow[] installAfterDate:date
    installTimeWindowList:DownloadTimeWindow[] deviceList:string[]`,
  SchedulesSoftwareUpgradeRequest: `
    campaignName softwareName softwareFrom softwareTo distributionType startDate:date endDate:date
    downloadAfterDate:date downloadTimeWindowList:DownloadTimeWindow[] installAfterDate:date
    installTimeWindowList:DownloadTimeWindow[] deviceList:string[]`,
  FirmwareCampaign: `
    id* accountName* campaignName firmwareName firmwareFrom* firmwareTo* protocol* make* model*
    startDate*:date endDate*:date campaignTimeWindowList:V3TimeWindow[] status*`,
  CampaignFirmwareUpgrade: `
    campaignName firmwareName* firmwareFrom* firmwareTo* protocol* startDate*:date endDate*:date
    campaignTimeWindowList:V3TimeWindow[] deviceList*:string[] autoAssignLicenseFlag*:boolean
    autoAddDevicesFlag*:boolean`,
  V3AddOrRemoveDeviceResult: 'accountName* campaignId* deviceList*:V3DeviceListItem[]',
  V3AddOrRemoveDeviceRequest: 'Type* deviceList*:string[]',
  V3ChangeCampaignDatesRequest: 'startDate*:date endDate*:date campaignTimeWindowList:V3TimeWindow[]',
  Campaign: `
    id* accountName* campaignName firmwareName firmwareFrom firmwareTo protocol* make* model*
    startDate*:date endDate*:date campaignTimeWindowList:V3TimeWindow[] status*
    autoAssignLicenseFlag*:boolean autoAddDevicesFlag*:boolean`,
  FotaV3SuccessResult: 'success*:boolean',
  RetrievesAvailableFilesResponseList: 'AvailableFilesResponse:RetrievesAvailableFilesResponse[]',
  UploadConfigurationFilesResponse: `
    fileName fileVersion launchDate:date releaseNote model make distributionType devicePlatformId
    localTargetPath`,
  DeviceListQueryResult: `
    accountName hasMoreData:boolean lastSeenDeviceId:number deviceList:DeviceListQueryItem[]`,
  UpgradeListQueryResult: 'hasMoreFlag:boolean lastSeenUpgradeId:number reportList:FirmwareUpgrade[]',
  DeviceUpgradeHistory: `
    deviceId id accountName firmwareFrom firmwareTo startDate:date upgradeStartTime status reason`,
  SoftwarePackage: `
    softwareName* launchDate*:date releaseNote model* make* distributionType* devicePlatformId*`,
  V2AccountDeviceList: `
    accountName* hasMoreData*:boolean lastSeenDeviceId maxPageSize*:number deviceList*:V2AccountDevice[]`,
  DeviceSoftwareUpgrade: 'deviceId* id* accountName* softwareName startDate*:date status* reason*',
  V2CampaignHistory: 'hasMoreData*:boolean lastSeenCampaignId campaignList*:V2CampaignMetaInfo[]',
  V2CampaignDevice: `
    totalDevice:number hasMoreData*:boolean lastSeenDeviceId maxPageSize*:number
    deviceList*:V2DeviceStatus[]`,
  V3CampaignHistory: 'hasMoreData*:boolean lastSeenCampaignId campaignList*:V3CampaignMetaInfo[]',
  DeviceFirmwareUpgrade: `
    deviceId* campaignId* accountName* firmwareName firmwareFrom firmwareTo startDate*:date status*
    reason* reportUpdatedTime`,
  V3CampaignDevice: `
    totalDevice:number hasMoreData*:boolean lastSeenDeviceId maxPageSize*:number
    deviceList*:V3DeviceStatus[]`,
  V3AccountDeviceList: `
    accountName* hasMoreData*:boolean lastSeenDeviceId maxPageSize*:number deviceList*:V3AccountDevice[]`,
  DeviceListResult: 'accountName* deviceCount*:number deviceList*:V3Device[]',
  DeviceIMEI: 'deviceList*:string[]',
  Firmware: `
    firmwareName participantName launchDate:instant releaseNote model make fromVersion toVersion`,
  FirmwareUpgrade: `
    id accountName firmwareName firmwareTo startDate:date status
    deviceList:FirmwareUpgradeDeviceListItem[]`,
  FirmwareUpgradeRequest: `
    accountName* firmwareName* firmwareTo* startDate*:date endDate*:date deviceList*:string[]`,
  FirmwareUpgradeChangeResult: 'accountName id deviceList:V1DeviceListItem[]',
  FirmwareUpgradeChangeRequest: 'type*:FirmwareTypeListEnum deviceList*:string[]',
  FotaV1SuccessResult: 'success:boolean',
  FirmwarePackage: `
    firmwareName* firmwareFrom* firmwareTo* launchDate*:instant releaseNote* model* make*
    protocol*:CampaignMetaInfoProtocolEnum`,
  DeviceFirmwareList: 'accountName* deviceFirmwarVersionList:DeviceFirmwareVersion[]',
  FirmwareIMEI: 'deviceList*:string[]',
  DeviceFirmwareVersionUpdateResult: 'accountName* requestId*',
  V1LicensesAssignedRemovedResult: `
    accountName licCount:number licUsedCount:number deviceList:V1DeviceListItem[]`,
  V1LicensesAssignedRemovedRequest: 'deviceList*:string[]',
  V1ListOfLicensesToRemoveResult: 'count:number deviceList:string[]',
  V1ListOfLicensesToRemoveRequest: 'type deviceList*:string[]',
  V1ListOfLicensesToRemove: 'count:number hasMoreData:boolean updateTime:instant deviceList:string[]',
  V2LicenseSummary: `
    accountName* totalLicense:number assignedLicenses*:number hasMoreData*:boolean lastSeenDeviceId
    maxPageSize*:number deviceList:V2LicenseDevice[]`,
  V2LicensesAssignedRemovedResult: `
    accountName* licTotalCount*:number licUsedCount*:number deviceList*:V2DeviceStatus[]`,
  V2LicenseIMEI: 'accountName deviceList*:string[]',
  V2ListOfLicensesToRemove: 'count*:number hasMoreData*:boolean updateTime* deviceList*:string[]',
  V2ListOfLicensesToRemoveResult: 'count*:number deviceList*:string[]',
  V2ListOfLicensesToRemoveRequest: 'type count:number deviceList*:string[]',
  V3LicenseSummary: `
    accountName* totalLicenses:number assignedLicenses*:number hasMoreData*:boolean lastSeenDeviceId
    maxPageSize*:number deviceList:V3LicenseDevice[]`,
  V3LicenseAssignedRemovedResult: `
    accountName* licCount*:number licUsedCount*:number deviceList*:V3DeviceStatus[]`,
  V3LicenseIMEI: 'deviceList*:string[]',
  V1AccountSubscription: `
    accountName purchaseType licenseCount:number licenseUsedCount:number updateTime`,
  AccountLicenseInfo: `
    accountName totalLicenses:number assignedLicenses:number hasMoreData:boolean lastSeenDeviceId:number
    deviceList:AccountLicenseDeviceListItem[]`,
  FotaV2Subscription: 'accountName purchaseType licenseCount:number licenseUsedCount:number updateTime',
  FotaV3Subscription: 'accountName purchaseType licenseCount:number licenseUsedCount:number updateTime',
  RegisteredCallbacks: 'aname name url username password',
  FotaV1CallbackRegistrationResult: 'accountName serviceName',
  FotaV1CallbackRegistrationRequest: 'name* url* username password',
  CallbackSummary: 'url',
  FotaV2CallbackRegistrationResult: 'url',
  FotaV2CallbackRegistrationRequest: 'url',
  FotaV3CallbackSummary: 'url',
  FotaV3CallbackRegistrationResult: 'url',
  FotaV3CallbackRegistrationRequest: 'url',
  DeviceLoggingStatus: 'deviceId* expiryDate*:date',
  DeviceLoggingRequest: 'deviceIds*:string[]',
  DeviceLog: 'deviceId* logTime*:instant logType* eventLog* binaryLogFileBase64* binaryLogFilename*',
  CheckInHistoryItem: 'deviceId* clientType* result* failureType* timeCompleted*:instant',
  LogInResult: 'sessionToken',
  LogInRequest: 'username* password*',
  LogOutRequest: 'sessionToken',
  SessionResetPasswordResult: 'newPassword',
  SessionResetPasswordRequest: 'oldPassword*',
  OauthToken: 'access_token* token_type* expires_in:number scope expiry:number refresh_token',
  V2TimeWindow: 'startTime*:number endTime*:number',
  DownloadTimeWindow: 'startTime endTime',
  V3TimeWindow: 'startTime*:number endTime*:number',
  V3DeviceListItem: 'deviceId status Reason',
  RetrievesAvailableFilesResponse: `
    fileName fileVersion releaseNote make model localTargetPath distributionType devicePlatformId`,
  DeviceListQueryItem: `
    deviceId mdn model make firmware fotaEligible:boolean licenseAssigned:boolean upgradeTime`,
  V2AccountDevice: `
    deviceId* mdn* model* make* fotaEligible*:boolean appFotaEligible*:boolean licenseAssigned*:boolean
    distributionType* softwareList*:V2SoftwareInfo[] createTime upgradeTime updateTime refreshTime`,
  V2CampaignMetaInfo: `
    accountName* id* campaignName softwareName* distributionType* softwareFrom* softwareTo* make* model*
    startDate*:date endDate*:date downloadAfterDate:date downloadTimeWindowList:V2TimeWindow[]
    installAfterDate:date installTimeWindowList:V2TimeWindow[] status*`,
  V2DeviceStatus: 'deviceId* status* resultReason',
  V3CampaignMetaInfo: `
    accountName* id* campaignName firmwareName firmwareFrom firmwareTo
    protocol:CampaignMetaInfoProtocolEnum make* model* startDate*:date endDate*:date
    campaignTimeWindowList:V3TimeWindow[] status*`,
  V3DeviceStatus: `
    deviceId* status* resultReason updatedTime:instant recentAttemptTime:instant nextAttemptTime:instant`,
  V3AccountDevice: `
    deviceId* mdn* model* make* firmware* fotaEligible*:boolean status* licenseAssigned*:boolean
    protocol* softwareList*:V3SoftwareInfo[] fileList:V3SoftwareInfo[] createTime upgradeTime updateTime
    refreshTime`,
  V3Device: `
    deviceId* requestStatus resultReason mdn model make firmware fotaEligible:boolean status
    licenseAssigned:boolean protocol softwareList:V3SoftwareInfo[] fileList:V3SoftwareInfo[] createTime
    statusTime updateTime refreshTime lastConnectionTime:instant`,
  FirmwareUpgradeDeviceListItem: 'deviceId status resultReason',
  V1DeviceListItem: 'deviceId status Reason',
  DeviceFirmwareVersion: 'status reason deviceId* firmwareVersion* firmwareVersionUpdateTime:instant',
  V2LicenseDevice: 'deviceId* assignmentTime',
  V3LicenseDevice: 'deviceId* assignmentTime',
  AccountLicenseDeviceListItem: 'deviceId assignmentTime:instant',
  V2SoftwareInfo: 'name* version* upgradeTime*',
  V3SoftwareInfo: 'name* version* upgradeTime*',
} as const;

/** What each operation of the reference's table answers; `null` where nobody reads the body. */
export const replyModels = {
  1: 'CampaignSoftware',
  2: 'CampaignSoftware',
  3: 'V2AddOrRemoveDeviceResult',
  4: 'FotaV2SuccessResult',
  5: 'CampaignSoftware',
  6: 'UploadAndScheduleFileResponse',
  7: 'UploadAndScheduleFileResponse',
  8: 'FirmwareCampaign',
  9: 'V3AddOrRemoveDeviceResult',
  10: 'FirmwareCampaign',
  11: 'Campaign',
  12: 'FotaV3SuccessResult',
  13: 'RetrievesAvailableFilesResponseList',
  14: 'UploadConfigurationFilesResponse',
  15: 'DeviceListQueryResult',
  16: 'UpgradeListQueryResult',
  17: 'DeviceUpgradeHistory[]',
  18: 'SoftwarePackage[]',
  19: 'V2AccountDeviceList',
  20: 'DeviceSoftwareUpgrade[]',
  21: 'V2CampaignHistory',
  22: 'V2CampaignDevice',
  23: 'V3CampaignHistory',
  24: 'DeviceFirmwareUpgrade[]',
  25: 'V3CampaignDevice',
  26: 'V3AccountDeviceList',
  27: 'DeviceListResult',
  28: 'Firmware[]',
  29: 'FirmwareUpgrade',
  30: 'FirmwareUpgrade',
  31: 'FirmwareUpgradeChangeResult',
  32: 'FotaV1SuccessResult',
  33: 'FirmwarePackage[]',
  34: 'DeviceFirmwareList',
  35: 'DeviceFirmwareVersionUpdateResult',
  36: 'V1LicensesAssignedRemovedResult',
  37: 'V1LicensesAssignedRemovedResult',
  38: 'V1ListOfLicensesToRemoveResult',
  39: 'FotaV1SuccessResult',
  40: 'V1ListOfLicensesToRemove',
  41: 'V2LicenseSummary',
  42: 'V2LicensesAssignedRemovedResult',
  43: 'V2LicensesAssignedRemovedResult',
  44: 'V2ListOfLicensesToRemove',
  45: 'V2ListOfLicensesToRemoveResult',
  46: 'FotaV2SuccessResult',
  47: 'V3LicenseSummary',
  48: 'V3LicenseAssignedRemovedResult',
  49: 'V3LicenseAssignedRemovedResult',
  50: 'V1AccountSubscription',
  51: 'AccountLicenseInfo',
  52: 'FotaV2Subscription',
  53: 'FotaV3Subscription',
  54: 'RegisteredCallbacks[]',
  55: 'FotaV1CallbackRegistrationResult',
  56: 'FotaV1SuccessResult',
  57: 'CallbackSummary',
  58: 'FotaV2CallbackRegistrationResult',
  59: 'FotaV2CallbackRegistrationResult',
  60: 'FotaV2SuccessResult',
  61: 'FotaV3CallbackSummary',
  62: 'FotaV3CallbackRegistrationResult',
  63: 'FotaV3CallbackRegistrationResult',
  64: 'FotaV3SuccessResult',
  65: 'DeviceLoggingStatus[]',
  66: 'DeviceLoggingStatus[]',
  67: null,
  68: 'DeviceLoggingStatus',
  69: null,
  70: 'DeviceLog[]',
  71: 'CheckInHistoryItem[]',
  72: 'LogInResult',
  73: 'LogOutRequest',
  74: 'SessionResetPasswordResult',
  75: 'OauthToken',
} as const;
