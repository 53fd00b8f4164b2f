import { hash } from 'node:crypto';

export const sha256Hex = (text: string): string => hash('sha256', text, 'hex');
export const sha256Base64url = (text: string): string => hash('sha256', text, 'base64url');
