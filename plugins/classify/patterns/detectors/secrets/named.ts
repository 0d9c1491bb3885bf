/**
 * Credentials without a beginning of their own, which the name of their service betrays: `DATADOG_API_KEY=...`. Name, at most
 * a few words, an assignment, the value in the shape that the service documents.
 */
import type { Detector } from '../../detector.ts'
import { isPlaceholder } from './token.ts'

interface NamedShape { readonly label: string, readonly names: readonly string[], readonly value: string }

const uuid = '[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}'

const shapes: readonly NamedShape[] = [
  { label: 'adafruit_key', names: ['adafruit'], value: '[A-Za-z0-9_-]{32}' },
  { label: 'adobe_client_secret', names: ['adobe'], value: '(?:p8e-)?[A-Za-z0-9]{32}' },
  { label: 'airtable_key', names: ['airtable'], value: '[A-Za-z0-9]{17}' },
  { label: 'algolia_key', names: ['algolia'], value: '[a-f0-9]{32}' },
  { label: 'asana_key', names: ['asana'], value: '(?:\\d/\\d{16}:[a-f0-9]{32}|[a-z0-9]{32}|\\d/\\d{16}/\\d{16}:[a-f0-9]{32})' },
  { label: 'assemblyai_key', names: ['assemblyai', 'assembly ai'], value: '[a-f0-9]{32}' },
  { label: 'auth0_secret', names: ['auth0'], value: '[A-Za-z0-9_-]{64}' },
  { label: 'azure_secret', names: ['azure', 'aad', 'client secret'], value: '[A-Za-z0-9_~.-]{3}\\dQ~[A-Za-z0-9_~.-]{31,34}' },
  { label: 'azure_key', names: ['azure', 'ocp apim subscription key', 'cognitive', 'cosmos', 'search'], value: '(?:[a-f0-9]{32}|[A-Za-z0-9+/]{86}==|[A-Za-z0-9]{52})' },
  { label: 'bitly_token', names: ['bitly'], value: '[a-f0-9]{40}' },
  { label: 'bitbucket_secret', names: ['bitbucket'], value: '[A-Za-z0-9_=-]{32,64}' },
  { label: 'bittrex_key', names: ['bittrex'], value: '[a-z0-9]{32}' },
  { label: 'cisco_meraki_key', names: ['meraki'], value: '[a-f0-9]{40}' },
  { label: 'cloudflare_key', names: ['cloudflare'], value: '(?:[a-f0-9]{37}|[A-Za-z0-9_-]{40})' },
  { label: 'cloudinary_secret', names: ['cloudinary'], value: '[A-Za-z0-9_-]{27}' },
  { label: 'codecov_token', names: ['codecov'], value: `(?:[a-z0-9]{32}|${uuid})` },
  { label: 'cohere_key', names: ['cohere', 'co api key'], value: '[A-Za-z0-9]{40}' },
  { label: 'coinbase_token', names: ['coinbase'], value: '[A-Za-z0-9_-]{64}' },
  { label: 'confluent_key', names: ['confluent'], value: '[A-Za-z0-9+/]{16,64}' },
  { label: 'contentful_key', names: ['contentful'], value: '[A-Za-z0-9_=-]{43}' },
  { label: 'datadog_key', names: ['datadog', 'dd api key', 'dd app key', 'dd application key'], value: '(?:[a-f0-9]{40}|[a-f0-9]{32}|[a-z0-9]{40})' },
  { label: 'deepgram_key', names: ['deepgram'], value: '[a-f0-9]{40}' },
  { label: 'discord_secret', names: ['discord'], value: '(?:[A-Za-z0-9_=-]{32}|[a-f0-9]{64})' },
  { label: 'droneci_token', names: ['droneci', 'drone token'], value: '[A-Za-z0-9]{32}' },
  { label: 'dropbox_key', names: ['dropbox'], value: '(?:[a-z0-9]{15}|[A-Za-z0-9]{11}AAAAAAAAAA[A-Za-z0-9_=-]{43})' },
  { label: 'elastic_password', names: ['elastic password', 'elasticsearch password'], value: '[A-Za-z0-9*+=_-]{20,24}' },
  { label: 'etsy_key', names: ['etsy'], value: '[a-z0-9]{24}' },
  { label: 'exa_key', names: ['exa api key', 'exa key'], value: uuid },
  { label: 'facebook_secret', names: ['facebook', 'fb app secret', 'fb secret'], value: '[a-f0-9]{32}' },
  { label: 'fastly_token', names: ['fastly'], value: '[A-Za-z0-9_=-]{32}' },
  { label: 'finnhub_token', names: ['finnhub'], value: '[a-z0-9]{20,40}' },
  { label: 'flickr_key', names: ['flickr'], value: '[a-z0-9]{32}' },
  { label: 'freshbooks_token', names: ['freshbooks'], value: '[a-z0-9]{64}' },
  { label: 'gitter_token', names: ['gitter'], value: '[A-Za-z0-9_-]{40}' },
  { label: 'heroku_key', names: ['heroku'], value: uuid },
  { label: 'hubspot_key', names: ['hubspot'], value: uuid },
  { label: 'ibm_cloud_key', names: ['ibm cloud', 'ibmcloud', 'watson', 'bluemix'], value: '[A-Za-z0-9_-]{44}' },
  { label: 'intercom_key', names: ['intercom'], value: '[A-Za-z0-9_=-]{60}' },
  { label: 'ionic_token', names: ['ionic token', 'ionic api'], value: 'ion_[A-Za-z0-9]{42}' },
  { label: 'jfrog_key', names: ['jfrog', 'artifactory', 'xray', 'bintray'], value: '[A-Za-z0-9]{64,73}' },
  { label: 'jira_token', names: ['jira', 'atlassian', 'confluence'], value: '[A-Za-z0-9]{20,24}' },
  { label: 'kraken_token', names: ['kraken'], value: '[A-Za-z0-9/=_+-]{80,90}' },
  { label: 'kucoin_key', names: ['kucoin'], value: `(?:[a-f0-9]{24}|${uuid})` },
  { label: 'launchdarkly_token', names: ['launchdarkly'], value: '[A-Za-z0-9_=-]{40}' },
  { label: 'linear_secret', names: ['linear client', 'linear secret'], value: '[a-f0-9]{32}' },
  { label: 'linkedin_secret', names: ['linkedin', 'linked in'], value: '[A-Za-z0-9]{14,16}' },
  { label: 'linode_token', names: ['linode'], value: '[a-f0-9]{64}' },
  { label: 'looker_secret', names: ['looker'], value: '[a-z0-9]{20,24}' },
  { label: 'mailchimp_key', names: ['mailchimp', 'mailchimp api key', 'mc api key'], value: '[a-f0-9]{32}-us\\d{1,2}' },
  { label: 'mailgun_signing_key', names: ['mailgun'], value: '[a-h0-9]{32}-[a-h0-9]{8}-[a-h0-9]{8}' },
  { label: 'mattermost_token', names: ['mattermost'], value: '[a-z0-9]{26}' },
  { label: 'maxmind_key', names: ['maxmind'], value: '[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk' },
  { label: 'messagebird_key', names: ['messagebird', 'message bird'], value: `(?:[A-Za-z0-9]{25}|${uuid})` },
  { label: 'mistral_key', names: ['mistral'], value: '[A-Za-z0-9]{32}' },
  { label: 'netlify_token', names: ['netlify'], value: '[A-Za-z0-9_=-]{40,46}' },
  { label: 'newrelic_browser_token', names: ['newrelic', 'new relic'], value: '(?:NRJS-)?[a-f0-9]{19,40}' },
  { label: 'nytimes_key', names: ['nytimes', 'new york times'], value: '[A-Za-z0-9_=-]{32}' },
  { label: 'okta_token', names: ['okta'], value: '[A-Za-z0-9_=-]{42}' },
  { label: 'opsgenie_key', names: ['opsgenie'], value: uuid },
  { label: 'pagerduty_key', names: ['pagerduty'], value: '[A-Za-z0-9+_-]{20,32}' },
  { label: 'paypal_secret', names: ['paypal'], value: '[A-Za-z0-9_-]{64,80}' },
  { label: 'plaid_secret', names: ['plaid'], value: '(?:[a-f0-9]{24}|[a-f0-9]{30})' },
  { label: 'plivo_token', names: ['plivo'], value: '[A-Za-z0-9]{40}' },
  { label: 'postmark_token', names: ['postmark'], value: uuid },
  { label: 'pusher_secret', names: ['pusher'], value: '[a-f0-9]{20}' },
  { label: 'rapidapi_key', names: ['rapidapi', 'x rapidapi key'], value: '[A-Za-z0-9]{50}' },
  { label: 'rollbar_token', names: ['rollbar'], value: '[a-f0-9]{32}' },
  { label: 'segment_key', names: ['segment'], value: '[A-Za-z0-9]{32}' },
  { label: 'sendbird_token', names: ['sendbird'], value: `(?:[a-f0-9]{40}|${uuid})` },
  { label: 'sentry_token', names: ['sentry'], value: '[a-f0-9]{64}' },
  { label: 'snyk_token', names: ['snyk'], value: uuid },
  { label: 'sonar_token', names: ['sonar', 'sonarqube'], value: '[a-f0-9]{40}' },
  { label: 'spotify_secret', names: ['spotify'], value: '[a-f0-9]{32}' },
  { label: 'squarespace_token', names: ['squarespace'], value: uuid },
  { label: 'sumologic_key', names: ['sumo', 'sumologic'], value: '(?:su[A-Za-z0-9]{12}|[A-Za-z0-9]{64})' },
  { label: 'telegram_token', names: ['telegram', 'telegr'], value: '\\d{5,16}:A[A-Za-z0-9_-]{34}' },
  { label: 'travis_token', names: ['travis'], value: '[A-Za-z0-9]{22}' },
  { label: 'trello_key', names: ['trello'], value: '(?:[a-f0-9]{64}|[a-f0-9]{32}|[A-Za-z0-9-]{32})' },
  { label: 'twilio_token', names: ['twilio'], value: '[a-f0-9]{32}' },
  { label: 'twitch_token', names: ['twitch'], value: '[a-z0-9]{30}' },
  { label: 'twitter_secret', names: ['twitter', 'consumer secret', 'consumer key'], value: '(?:\\d{15,25}-[A-Za-z0-9]{20,40}|[A-Za-z0-9]{45,50}|[A-Za-z0-9]{25})' },
  { label: 'vercel_token', names: ['vercel'], value: '[A-Za-z0-9]{24}' },
  { label: 'wandb_key', names: ['wandb', 'wandb api key'], value: '[a-f0-9]{40}' },
  { label: 'yandex_key', names: ['yandex'], value: '(?:YC[A-Za-z0-9_-]{38}|[A-Za-z0-9_-]{39,40})' },
  { label: 'zendesk_key', names: ['zendesk'], value: '[A-Za-z0-9]{40}' },
  { label: 'zoom_secret', names: ['zoom client', 'zoom secret', 'zoom api'], value: '[A-Za-z0-9]{32}' }
]

/** Between the name of a service and its value: the rest of a variable's name, an assignment, a quotation mark. */
const between = '[A-Za-z0-9_. -]{0,32}["\'`\\]]{0,2}[ \\t]{0,3}(?:=>|:=|==|=|:|,)[ \\t]{0,3}["\'`]{0,2}'

export const named: readonly Detector[] = shapes.map(({ label, names, value }) => ({
  label: `secret.${label}`,
  anchor: { kind: 'after', words: names },
  pattern: new RegExp(`${between}(?<value>${value})(?![A-Za-z0-9_/+=-])`, 'y'),
  weigh: found => isPlaceholder(found) || !/\d/.test(found) ? 0 : 850
}))
